import { takeWalks } from './walks.js';

takeWalks(1_073_741_824);

import { takeWalks } from './walks.js';

takeWalks(20_261_121);

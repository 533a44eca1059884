import { takeWalks } from './walks.js';

takeWalks(268_435_456);

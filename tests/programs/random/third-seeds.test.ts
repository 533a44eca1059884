import { takeWalks } from './walks.js';

takeWalks(536_870_912);

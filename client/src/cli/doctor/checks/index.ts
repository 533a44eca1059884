import type { Check } from '../check.js';
import { chain } from './chain.js';
import { interfaces } from './interfaces.js';
import { listening } from './listening.js';
import { members } from './members.js';
import { multicast } from './multicast.js';
import { reachable } from './reachable.js';
import { router } from './router.js';

/** In the order they are made. */
export const CHECKS: readonly Check[] = [interfaces, listening, router, multicast, chain, members, reachable];

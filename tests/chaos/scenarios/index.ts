import type { Scenario } from '../scenario.js';
import { plainScenarios } from './plain.js';

/** All kinds of faults, in the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [...plainScenarios];

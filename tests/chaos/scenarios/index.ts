import type { Scenario } from '../scenario.js';
import { chainScenarios } from './chain.js';
import { joiningScenarios } from './joining.js';
import { killScenarios } from './kills.js';
import { liarScenarios } from './liars.js';
import { lineScenarios } from './lines.js';
import { plainScenarios } from './plain.js';
import { restartScenarios } from './restarts.js';
import { slowScenarios } from './slow.js';

/** All kinds of faults, in the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [
  ...plainScenarios,
  ...joiningScenarios,
  ...killScenarios,
  ...restartScenarios,
  ...chainScenarios,
  ...lineScenarios,
  ...slowScenarios,
  ...liarScenarios,
];

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Coordinator } from '../../../idl/coordinator.js';
import { PROJECT_ROOT } from '../../../client/src/version.js';

/** The coordinator's interface description, as it is committed. */
export const coordinatorIdl = JSON.parse(readFileSync(join(PROJECT_ROOT, 'idl', 'coordinator.json'), 'utf8')) as Coordinator;

/** The coordinator, as it is committed. */
export const COORDINATOR_SO = join(PROJECT_ROOT, 'programs', 'deploy', 'coordinator.so');

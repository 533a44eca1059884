import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coolDown, playRound, startTraining } from './support/epoch.js';
import { Scene } from './support/scene.js';
import { SETTINGS } from './support/settings.js';

describe('update_config', () => {
  it('replaces the settings before the run and while it is paused, by the authority alone', async () => {
    const scene = await Scene.sealed();
    await scene.ok('updateConfig', scene.authority, { ...SETTINGS, totalSteps: 7, warmupTime: 5 });
    assert.deepEqual([scene.view().config.totalSteps, scene.view().config.warmupSlots], [7, 13]);
    await scene.refused('NotAuthority', 'updateConfig', scene.anyone, SETTINGS);
    await scene.refused('InvalidWitnessNodes', 'updateConfig', scene.authority, { ...SETTINGS, witnessNodes: 33 });
    await scene.ok('resume', scene.authority);
    await scene.refused('WrongState', 'updateConfig', scene.authority, SETTINGS);
    await scene.ok('pause', scene.authority);
    await scene.ok('updateConfig', scene.authority, SETTINGS);
    assert.equal(scene.view().config.totalSteps, 3);
  });

  it('asks for more steps than are done, and for a budget that fits together with what was awarded', async () => {
    const scene = await Scene.open({ settings: { epochTime: 1 } });
    const nodes = scene.nodes(1);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    await scene.refused('WrongState', 'updateConfig', scene.authority, SETTINGS);
    await scene.ok('pause', scene.authority);
    await coolDown(scene, nodes);
    assert.deepEqual([scene.view().state, scene.view().step], ['Paused', 1]);
    await scene.refused('InvalidTotalSteps', 'updateConfig', scene.authority, { ...SETTINGS, totalSteps: 1 });
    const most = 2n ** 64n - 1n;
    await scene.refused('InvalidPoints', 'updateConfig', scene.authority, { ...SETTINGS, totalSteps: 2, pointsPerStep: most - 999n });
    await scene.ok('updateConfig', scene.authority, { ...SETTINGS, totalSteps: 2, pointsPerStep: most - 1000n });
  });
});

describe('update_client_version', () => {
  it('says which version can join from then on', async () => {
    const scene = await Scene.sealed();
    await scene.refused('NotAuthority', 'updateClientVersion', scene.anyone, '0.2.0');
    await scene.refused('InvalidClientVersion', 'updateClientVersion', scene.authority, '');
    await scene.ok('updateClientVersion', scene.authority, '0.2.0');
    await scene.ok('resume', scene.authority);
    await scene.refused('WrongState', 'updateClientVersion', scene.authority, '0.3.0');
    const node = scene.node(0);
    for (const clientVersion of ['0.1.0', '0.2', '0.2.0.1', '0.2.0'.padEnd(33, 'x'), '']) {
      await scene.refused('WrongClientVersion', 'joinRun', node.key, scene.joining(node, { clientVersion }));
    }
    await scene.join(node, { clientVersion: '0.2.0' });
  });
});

import { startValidator } from './index.js';
import { testBehaviour } from './testing/behaviour.js';

testBehaviour('the embedded validator', async () => {
  const validator = await startValidator({ port: 0, slotMs: 40 });
  const { stop, url, wsUrl } = validator;
  return { url, wsUrl, stop, exactTime: true, subscriptions: () => validator.stats().subscriptions };
});

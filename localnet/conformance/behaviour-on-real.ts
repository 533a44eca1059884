import { testBehaviour } from '../src/testing/behaviour.js';

const [url, wsUrl] = [process.env['PSYCHE_TARGET_URL'], process.env['PSYCHE_TARGET_WS_URL']];
if (url === undefined || wsUrl === undefined) throw new Error('run this by `npm run test:conformance`, which starts the validator');

testBehaviour('solana-test-validator', async () => ({ url, wsUrl, stop: async () => {} }));

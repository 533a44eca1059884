// The embedded validator in a process of its own, so that it can be stopped for a while. Says where it is, and ends with its stdin.
import { startNetwork } from '../../client/src/cli/dev/network.js';

const network = await startNetwork(Number(process.argv[2]));
const stop = (): void => void network.stop().then(() => process.exit(0));
process.on('SIGTERM', stop);
process.stdin.on('end', stop).resume();
console.log(JSON.stringify({ url: network.url, wsUrl: network.wsUrl }));

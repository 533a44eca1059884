// Opens streams by the hundred, again and again, and closes none.
import { harass, quietly } from './patch.js';

const AT_ONCE = 500;

await harass(250, (connection) => {
  for (let i = 0; i < AT_ONCE; i++) void quietly(() => connection.newStream('/psyche/payload/1', { maxOutboundStreams: 1e9 }));
});

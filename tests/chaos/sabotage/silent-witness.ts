// Trains like everyone, and as a witness says nothing: no list, no vote.
import { clientModule } from './patch.js';

const { CoordinatorClient } = await clientModule('chain/coordinator.js');
const { P2pNode } = await clientModule('p2p/node.js');
CoordinatorClient.prototype.witness = async () => ({ signature: '', slot: 0 });
P2pNode.prototype.publishList = async () => {};

// What JavaScript calls. The memory is that of TensorFlow.js's own module: this one has no data, stack or heap in it.
export { multiply, scratchBytes } from './multiply';
export { gatherRows, moveRows, sumRows } from './rows';

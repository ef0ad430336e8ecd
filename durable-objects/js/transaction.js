// Synchronous transaction with a body in WebAssembly. The body cannot throw without losing its stack, so it returns
// whether to keep its writes.
const ROLLED_BACK = new Error("rolled back");

/**
 * @param {{transactionSync: (act: () => void) => void}} storage
 * @param {() => boolean} act
 */
export function transaction(storage, act) {
  try {
    storage.transactionSync(() => {
      if (!act()) throw ROLLED_BACK;
    });
  } catch (error) {
    if (error !== ROLLED_BACK) throw error;
  }
}

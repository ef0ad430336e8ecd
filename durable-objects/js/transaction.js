// A synchronous transaction whose body is WebAssembly: that one cannot throw without losing its stack, so it returns
// whether its writes stay.
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

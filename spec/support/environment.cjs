const { AsyncLocalStorage } = require("node:async_hooks");
const { createRequire } = require("node:module");

const { TestEnvironment } = createRequire(require.resolve("jest"))("jest-environment-node");

/** The stores that the file of now has entered. */
const entered = new Set();
for (const name of ["run", "enterWith"]) {
  const original = AsyncLocalStorage.prototype[name];
  AsyncLocalStorage.prototype[name] = function (...args) {
    entered.add(this);
    return original.apply(this, args);
  };
}

/**
 * A store that was entered is kept by Node, and with it everything that its file has loaded: collecting that again and
 * again was a third of the time of all specs. When a file is done, its stores are disabled.
 */
module.exports = class extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const store of entered) store.disable();
    entered.clear();
  }
};

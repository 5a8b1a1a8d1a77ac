// ts-jest, with one planted fault: the file that SPANDREL_FAULT names is compiled with a piece of its text replaced.
// The cache key is made of the changed text, so a faulty module never reaches another run.
const { sep } = require("node:path");

const tsJest = require("ts-jest").default;

const fault = process.env.SPANDREL_FAULT === undefined ? undefined : JSON.parse(process.env.SPANDREL_FAULT);

function plant(source, path) {
  if (fault === undefined || !path.endsWith(`${sep}${fault.file.split("/").join(sep)}`)) return source;
  return source.replace(fault.find, () => fault.replace);
}

module.exports = {
  createTransformer(options) {
    const inner = tsJest.createTransformer(options);
    return {
      process: (source, path, request) => inner.process(plant(source, path), path, request),
      getCacheKey: (source, path, request) => inner.getCacheKey(plant(source, path), path, request),
    };
  },
};

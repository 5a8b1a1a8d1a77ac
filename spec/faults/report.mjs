/** Prints what was measured as one line of JSON, each check as a line, and the count; the exit code says the same. */
export function report(name, { checks, ...figures }) {
  console.log(`RESULT ${JSON.stringify({ name, ...figures })}`);
  const failed = Object.entries(checks).filter(([, isGood]) => isGood !== true);
  for (const [check, isGood] of Object.entries(checks))
    console.log(`${isGood === true ? "pass" : "FAIL"}  ${name}: ${check}`);
  console.log(`${Object.keys(checks).length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

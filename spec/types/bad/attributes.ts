// An unknown key is an error, in a variable as well as in a literal.
import { PropagateAttributes, propagateAttributes, startTelemetry } from "spandrel";

// error: 'customerId'
propagateAttributes({ customerId: "c-1" }, () => 1);
// error: 'customerId'
propagateAttributes({ customerIdentifier: "c-1", customerId: "c-1" }, () => 1);
const variable = { customerIdentifier: "c-1", custmerName: "n" };
// error: 'custmerName'
propagateAttributes(variable, () => 1);
// error: is not assignable to type 'string'
propagateAttributes({ customerIdentifier: 7 }, () => 1);

export class Desk {
  // error: 'customerId'
  @PropagateAttributes({ customerId: "c-1" })
  literal(): void {}

  // error: 'custmerName'
  @PropagateAttributes(variable)
  held(): void {}

  // error: 'custmerName'
  @PropagateAttributes((name: string) => ({ custmerName: name }))
  made(name: string): string {
    return name;
  }

  // error: is not assignable to
  @PropagateAttributes((count: number) => ({ customerIdentifier: String(count) }))
  disagrees(name: string): string {
    return name;
  }
}

// error: 'appname' does not exist
startTelemetry({ appname: "desk" });
// error: is not assignable to type
startTelemetry({ logLevel: "loud" });
// error: 'maxByte' does not exist
startTelemetry({ capture: { maxByte: 1 } });
// error: 'export'
startTelemetry({ customExporter: {} });

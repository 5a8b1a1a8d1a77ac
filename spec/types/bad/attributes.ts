// An unknown key is an error, in a variable as well as in a literal.
import { PropagateAttributes, propagateAttributes, startTelemetry } from "spandrel";

// error: 'customerId' does not exist
propagateAttributes({ customerId: "c-1" }, () => 1);
// error: Type 'string' is not assignable to type 'never'
propagateAttributes({ customerIdentifier: "c-1", customerId: "c-1" }, () => 1);
const variable = { customerIdentifier: "c-1", custmerName: "n" };
// error: Types of property 'custmerName' are incompatible
propagateAttributes(variable, () => 1);
// error: Type 'number' is not assignable to type 'string'
propagateAttributes({ customerIdentifier: 7 }, () => 1);

export class Desk {
  // error: 'customerId' does not exist
  @PropagateAttributes({ customerId: "c-1" })
  literal(): void {}

  // error: has no properties in common with type 'PropagatedAttributes'
  @PropagateAttributes((name: string) => ({ custmerName: name }))
  made(name: string): string {
    return name;
  }

  // error: @PropagateAttributes has options that do not fit this method's parameters or result
  @PropagateAttributes((count: number) => ({ customerIdentifier: String(count) }))
  disagrees(name: string): string {
    return name;
  }
}

// error: 'appname' does not exist
startTelemetry({ appname: "desk" });
// error: Type '"loud"' is not assignable to type
startTelemetry({ logLevel: "loud" });
// error: 'maxByte' does not exist
startTelemetry({ capture: { maxByte: 1 } });
// error: is missing the following properties from type 'SpanExporter': export, shutdown
startTelemetry({ customExporter: {} });

// Options that are misspelt, of the wrong type, or that disagree with the method.
import { StreamingTask, Task, Tool, Workflow, traced } from "spandrel";

interface Ticket {
  readonly id: string;
}

export class Desk {
  // error: 'captureInputs' does not exist
  @Task({ captureInputs: false })
  misspelt(): void {}

  // error: 'nmae' does not exist
  @Task({ nmae: "x", version: 1 })
  misspeltBesideRight(): void {}

  // error: Type 'string' is not assignable to type 'number'
  @Workflow({ version: "2" })
  wrongVersion(): void {}

  // error: 'reduce' does not exist
  @Task({ reduce: () => 1 })
  streamOptionOnPlain(): void {}

  // error: 'chunkEvent' does not exist
  @StreamingTask({ chunkEvent: true })
  *misspeltStream(): Generator<string> {}

  // error: @Task has options that do not fit this method's parameters or result
  @Task({ captureInput: (id: number) => id })
  wrongInput(ticket: Ticket): Ticket {
    return ticket;
  }

  // error: @Task has options that do not fit this method's parameters or result
  @Task({ captureOutput: (result: number) => result })
  wrongOutput(ticket: Ticket): Ticket {
    return ticket;
  }

  // error: @Tool has options that do not fit this method's parameters or result
  @Tool({ captureOutput: (result: Promise<Ticket>) => result })
  async promiseInsteadOfResult(ticket: Ticket): Promise<Ticket> {
    return ticket;
  }

  // error: Type '(ticket: Ticket) => number' is not assignable to type '(ticket: Ticket) => string'
  @Task({ name: (ticket: Ticket) => 7 })
  wrongName(ticket: Ticket): Ticket {
    return ticket;
  }

  // error: @StreamingTask decorates methods that stream, with options that fit them
  @StreamingTask({ reduce: (chunks: readonly number[]) => chunks.length })
  *wrongChunks(): Generator<string> {}
}

// error: 'knid' does not exist
traced({ knid: "tool" }, () => 1);
// error: Type 'string' is not assignable to type 'number'
traced({ captureInput: (id: number) => id }, (id: string) => id);
// error: Type '"step"' is not assignable to type 'EntityKind | undefined'
traced({ kind: "step" }, () => 1);
// error: Argument of type 'number' is not assignable
traced({}, 7);

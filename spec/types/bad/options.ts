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

  // error: is not assignable to
  @Task({ captureInput: (id: number) => id })
  wrongInput(ticket: Ticket): Ticket {
    return ticket;
  }

  // error: is not assignable to
  @Task({ captureOutput: (result: number) => result })
  wrongOutput(ticket: Ticket): Ticket {
    return ticket;
  }

  // error: is not assignable to
  @Tool({ captureOutput: (result: Promise<Ticket>) => result })
  async promiseInsteadOfResult(ticket: Ticket): Promise<Ticket> {
    return ticket;
  }

  // error: is not assignable to
  @Task({ name: (ticket: Ticket) => 7 })
  wrongName(ticket: Ticket): Ticket {
    return ticket;
  }

  // error: is not assignable to
  @StreamingTask({ reduce: (chunks: readonly number[]) => chunks.length })
  *wrongChunks(): Generator<string> {}
}

// error: 'knid' does not exist
traced({ knid: "tool" }, () => 1);
// error: is not assignable to type 'number'
traced({ captureInput: (id: number) => id }, (id: string) => id);
// error: is not assignable to type
traced({ kind: "step" }, () => 1);
// error: not assignable
traced({}, 7);

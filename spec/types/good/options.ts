// Callbacks in the options see the method's parameters and result.
import { StreamingTask, Task, Tool, type SpanOptions, type StreamOptions } from "spandrel";
import { type Equal, holds } from "./equal.js";

interface Ticket {
  readonly id: string;
}
interface Answer {
  readonly text: string;
}

/** Options can be made apart from the decorator and shared. */
const shared: SpanOptions<[ticket: Ticket], Answer> = {
  name: (ticket) => ticket.id,
  captureInput: (ticket) => ({ id: ticket.id }),
  captureOutput: (answer) => answer.text,
  attributes: (ticket) => ({ "ticket.id": ticket.id }),
  links: () => [],
};
const sharedStream: StreamOptions<[ticket: Ticket], string> = {
  reduce: (chunks) => chunks.join(""),
  chunkEvents: true,
  maxChunks: 10,
};

export class Desk {
  @Task(shared)
  answer(ticket: Ticket): Answer {
    return { text: ticket.id };
  }

  @Task(shared)
  async answerLater(ticket: Ticket, attempt = 1): Promise<Answer> {
    return { text: `${ticket.id}${attempt}` };
  }

  // Fewer parameters than the method has, and the result of a promise.
  @Task({
    name: (ticket: Ticket) => ticket.id,
    captureInput: (ticket: Ticket, urgent: boolean) => ({ ticket, urgent }),
    captureOutput: (answer: Answer) => answer.text,
    attributes: (ticket: Ticket) => ({ id: ticket.id }),
  })
  async handle(ticket: Ticket, urgent: boolean): Promise<Answer> {
    return { text: `${ticket.id}${urgent}` };
  }

  // Parameters without types are `any`, as nothing in the options says what they are.
  @Tool({ captureInput: (first) => first.id, captureOutput: (answer) => answer.text })
  loose(ticket: Ticket): Answer {
    return { text: ticket.id };
  }

  // A callback may take more general parameters than the method has.
  @Task({ captureInput: (ticket: { readonly id: unknown }) => ticket.id, captureOutput: (answer: object) => answer })
  general(ticket: Ticket): Answer {
    return { text: ticket.id };
  }

  @StreamingTask(sharedStream)
  async *stream(ticket: Ticket): AsyncGenerator<string> {
    yield ticket.id;
  }

  @StreamingTask({ reduce: (chunks: readonly number[]) => chunks.length, captureOutput: (count) => count })
  *numbers(): Generator<number> {
    yield 1;
  }
}
holds<Equal<Desk["answer"], (ticket: Ticket) => Answer>>();
holds<Equal<Desk["answerLater"], (ticket: Ticket, attempt?: number) => Promise<Answer>>>();
holds<Equal<Desk["handle"], (ticket: Ticket, urgent: boolean) => Promise<Answer>>>();
holds<Equal<Desk["stream"], (ticket: Ticket) => AsyncGenerator<string>>>();

// A Streaming decorator on a method that does not stream.
import { StreamingAgent, StreamingTask, StreamingTool, StreamingWorkflow } from "spandrel";

export class NotStreams {
  // error: @StreamingTask decorates methods that stream
  @StreamingTask()
  number(): number {
    return 1;
  }

  // error: @StreamingTask decorates methods that stream
  @StreamingTask
  bare(): number {
    return 1;
  }

  // error: @StreamingWorkflow decorates methods that stream
  @StreamingWorkflow("named")
  text(): string {
    return "chunks?";
  }

  // error: @StreamingAgent decorates methods that stream
  @StreamingAgent({ chunkEvents: true })
  list(): string[] {
    return [];
  }

  // error: @StreamingTool decorates methods that stream
  @StreamingTool()
  map(): Map<string, string> {
    return new Map();
  }

  // error: @StreamingTask decorates methods that stream
  @StreamingTask()
  async promised(): Promise<string> {
    return "text";
  }

  // error: @StreamingTask decorates methods that stream
  @StreamingTask()
  nothing(): void {}
}

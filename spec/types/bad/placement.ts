// A decorator where it cannot work is an error that says where it belongs.
import { Agent, PropagateAttributes, StreamingTask, Task, Tool, Workflow } from "spandrel";

export class Misplaced {
  // error: @Task decorates methods, not fields
  @Task()
  field = 1;

  // error: @Task decorates methods, not fields
  @Task
  bareField = 1;

  // error: @Workflow decorates methods, not fields
  @Workflow("named")
  arrow = (): number => 1;

  // error: @Agent decorates methods, not fields
  @Agent
  bareArrow = async (text: string): Promise<string> => text;

  // error: @Task decorates methods, not fields
  @Task()
  static staticField = 1;

  // error(stage3): @Tool decorates methods, not getters
  // error(legacy): @Tool decorates methods, not accessors
  @Tool()
  get getter(): number {
    return 1;
  }

  // error(stage3): @Tool decorates methods, not getters
  // error(legacy): @Tool decorates methods, not accessors
  @Tool
  get bareGetter(): number {
    return 1;
  }

  // error(stage3): @Task decorates methods, not setters
  // error(legacy): @Task decorates methods, not accessors
  @Task({ captureInput: false })
  set setter(_value: number) {}

  // error: @StreamingTask decorates methods, not fields
  @StreamingTask()
  streamField = 1;

  // error: @PropagateAttributes decorates methods, not fields
  @PropagateAttributes({ customerIdentifier: "c-1" })
  attributed = 1;
}

// error: @Task on a class needs { method: \"name\" }
@Task()
export class WithoutMethod {}

// error: @Workflow on a class needs { method: \"name\" }
@Workflow
export class Bare {}

// error: @Agent on a class needs { method: \"name\" }
@Agent({ name: "agent" })
export class Named {}

// error: Property 'run' is missing
@Task({ method: "run" })
export class NoSuchMethod {}

// error: Type 'number' is not assignable to type 'AnyMethod'
@Task({ method: "run" })
export class NotAMethod {
  run = 1;
}

// error: @StreamingTask on a class needs { method: \"name\" }
@StreamingTask()
export class Streaming {}

// error: is not assignable to type
@StreamingTask({ method: "run" })
export class NotStreaming {
  run(): string {
    return "text";
  }
}

import type OpenAI from "openai";
import { StreamingTask, Workflow } from "spandrel";
import type { Instructor, PartialOf } from "spandrel/instructor";
import { z } from "zod";

const ProjectBrief = z
  .object({
    title: z.string(),
    owner: z.string(),
    milestones: z.array(z.string()),
  })
  .meta({ title: "ProjectBrief" });

export type ProjectBrief = z.infer<typeof ProjectBrief>;

export class ProjectOffice {
  readonly #instructor: Instructor<OpenAI>;

  constructor(instructor: Instructor<OpenAI>) {
    this.#instructor = instructor;
  }

  @Workflow({ name: "project_brief" })
  async createProjectBrief(request: string): Promise<ProjectBrief> {
    return await this.#instructor.create({
      responseModel: ProjectBrief,
      messages: [{ role: "user", content: request }],
    });
  }

  /** The brief as it grows. Only the last is validated, and whole. */
  @StreamingTask({ name: "live_project_brief" })
  async *watchProjectBrief(request: string): AsyncGenerator<PartialOf<typeof ProjectBrief>> {
    yield* this.#instructor.createPartial({
      responseModel: ProjectBrief,
      messages: [{ role: "user", content: request }],
    });
  }
}

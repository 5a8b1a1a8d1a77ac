import type OpenAI from "openai";
import { StreamingWorkflow, Task, Workflow, getClient } from "spandrel";
import type { Instructor } from "spandrel/instructor";
import { type MultipleUserData, type UserData, UserDetail } from "./users.js";

/** What the endpoints do. Decorated, so that the arguments of each call are in its trace, to ask the same once more. */
export class UserService {
  readonly #instructor: Instructor<OpenAI>;

  constructor(instructor: Instructor<OpenAI>) {
    this.#instructor = instructor;
  }

  @Workflow({ name: "endpoint_function" })
  async user(data: UserData): Promise<UserDetail> {
    return this.extractUser(data.query);
  }

  @Workflow({ name: "extract_many_users" })
  async manyUsers(data: MultipleUserData): Promise<UserDetail[]> {
    return Promise.all(data.queries.map((query) => this.extractUser(query)));
  }

  /** Each user as soon as it is whole, while the model still writes the next. */
  @StreamingWorkflow({ name: "generate_users" })
  async *users(data: UserData): AsyncGenerator<UserDetail> {
    const users = this.#instructor.createIterable({
      responseModel: UserDetail,
      messages: [{ role: "user", content: data.query }],
    });
    for await (const user of users) {
      getClient().addEvent("Returning user object", { value: user });
      yield user;
    }
  }

  @Task({ name: "extract_user" })
  async extractUser(query: string): Promise<UserDetail> {
    const user = await this.#instructor.create({
      responseModel: UserDetail,
      messages: [{ role: "user", content: `Extract: \`${query}\`` }],
    });
    getClient().addEvent("/User returning", { value: user });
    return user;
  }
}

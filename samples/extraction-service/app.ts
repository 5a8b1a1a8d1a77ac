import { type ErrorRequestHandler, type Express, default as express } from "express";
import { requestContext, sse } from "spandrel/http";
import { z } from "zod";
import type { UserService } from "./user-service.js";
import { MultipleUserData, UserData, UserDetail } from "./users.js";

export interface App {
  readonly handler: Express;
  /** Settles when every stream is over, also one whose client has left: what it had started may take a moment to end. */
  idle(): Promise<void>;
}

/** Puts the service on HTTP. What comes in and what goes out is validated, and so in the trace of the request. */
export function createApp(service: UserService): App {
  const app = express();
  const streams = new Set<Promise<unknown>>();
  // First of all: what is used after it runs in the request's span.
  app.use(requestContext({ attributes: (request) => ({ customerIdentifier: readCustomer(request.headers) }) }));
  app.use(express.json());

  app.post("/user", async (request, response) => {
    const user = await service.user(UserData.parse(request.body));
    response.json(UserDetail.parse(user));
  });

  app.post("/many-users", async (request, response) => {
    const users = await service.manyUsers(MultipleUserData.parse(request.body));
    response.json(users.map((user) => UserDetail.parse(user)));
  });

  app.post("/extract", async (request, response) => {
    // Sends an item when the client has room for it, and leaves the generator when the client leaves.
    const stream = sse(service.users(UserData.parse(request.body)), { response });
    streams.add(stream);
    await stream;
    streams.delete(stream);
  });

  app.use(answerInvalid);
  return {
    handler: app,
    async idle() {
      await Promise.all(streams);
    },
  };
}

/** A request that does not fit its schema is its sender's mistake. Any other error is Express's. */
const answerInvalid: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof z.ZodError) response.status(422).json({ detail: error.issues });
  else next(error);
};

function readCustomer(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  return [headers["x-customer"]].flat()[0];
}

import { setTimeout as sleep } from "node:timers/promises";
import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import { Task, Workflow } from "spandrel";

export interface JokeWorkshopOptions {
  readonly openai: OpenAI;
  readonly chatModel: string;
  readonly embeddingModel: string;
  readonly anthropic: Anthropic;
  readonly claudeModel: string;
}

/** The tutorial's workshop: it writes a joke, tells it to pirates, and listens to the audience. */
export class JokeWorkshop {
  readonly #options: JokeWorkshopOptions;

  constructor(options: JokeWorkshopOptions) {
    this.#options = options;
  }

  // Step 2: tasks are single units of work, a workflow is made of them.

  @Task({ name: "joke_creation" })
  async createJoke(): Promise<string> {
    const joke = await this.#ask("Tell me a joke about opentelemetry", {
      temperature: 0.5,
      max_tokens: 100,
      frequency_penalty: 0.5,
      presence_penalty: 0.5,
      stop: ["\n"],
      logprobs: true,
    });
    await this.storeJoke(joke);
    return joke;
  }

  @Task({ name: "pirate_joke_translation" })
  async translateJokeToPirate(joke: string): Promise<string> {
    return this.#ask(`translate the joke to pirate language:\n\n${joke}`);
  }

  @Task({ name: "signature_generation" })
  async generateSignature(joke: string): Promise<string> {
    return this.#ask(`add a signature to the joke:\n\n${joke}`);
  }

  @Workflow({ name: "pirate_joke_generator" })
  async jokeWorkflow(): Promise<string> {
    const englishJoke = await this.createJoke();
    const pirateJoke = await this.translateJokeToPirate(englishJoke);
    const signature = await this.generateSignature(pirateJoke);
    return pirateJoke + signature;
  }

  // Step 3: a second workflow beside the first, and a third that holds both.

  @Task({ name: "audience_laughs" })
  async audienceLaughs(joke: string): Promise<string> {
    return this.#ask(`This joke:\n\n${joke} is funny, say hahahahaha`, { max_tokens: 10 });
  }

  @Task({ name: "audience_claps" })
  async audienceClaps(): Promise<string> {
    return this.#ask("Clap once", { max_tokens: 5 });
  }

  @Task({ name: "audience_applaud" })
  async audienceApplaud(): Promise<string> {
    const clap = await this.audienceClaps();
    return this.#ask(`Applaud to the joke, clap clap! ${clap}`, { max_tokens: 10 });
  }

  @Workflow({ name: "audience_reaction" })
  async audienceReaction(joke: string): Promise<string> {
    const laughter = await this.audienceLaughs(joke);
    const applause = await this.audienceApplaud();
    return `${laughter} ${applause}`;
  }

  @Workflow({ name: "joke_and_audience_reaction" })
  async jokeAndAudienceReaction(): Promise<void> {
    const pirateJoke = await this.jokeWorkflow();
    const reactions = await this.audienceReaction(pirateJoke);
    await this.audienceInteraction(pirateJoke);
    await this.loggingJoke(pirateJoke, reactions);
  }

  // Step 4: the joke goes into a vector store; `joke_creation` calls this.

  @Task({ name: "store_joke" })
  async storeJoke(joke: string): Promise<number[]> {
    const { openai, embeddingModel } = this.#options;
    const embeddings = await openai.embeddings.create({ model: embeddingModel, input: joke });
    return embeddings.data[0]?.embedding ?? [];
  }

  // Step 5: any function is a task, not only those that ask a model.

  @Task({ name: "logging_joke" })
  async loggingJoke(joke: string, reactions: string): Promise<void> {
    console.log(`${joke}\n\n${reactions}\n`);
    await sleep(200); // A database that takes its time.
  }

  // Step 6: another provider, in the same trace; `joke_and_audience_reaction` calls this.

  @Task({ name: "ask_for_comments" })
  async askForComments(joke: string): Promise<string> {
    const { anthropic, claudeModel } = this.#options;
    const message = await anthropic.messages.create({
      model: claudeModel,
      messages: [{ role: "user", content: `What do you think about this joke: ${joke}` }],
      max_tokens: 100,
    });
    const [block] = message.content;
    return block?.type === "text" ? block.text : "";
  }

  @Task({ name: "read_joke_comments" })
  readJokeComments(comments: string): string {
    return `Here is the comment from the audience: ${comments}`;
  }

  @Workflow({ name: "audience_interaction" })
  async audienceInteraction(joke: string): Promise<void> {
    const comments = await this.askForComments(joke);
    this.readJokeComments(comments);
  }

  async #ask(content: string, options: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}): Promise<string> {
    const { openai, chatModel } = this.#options;
    const messages = [{ role: "user" as const, content }];
    const completion = await openai.chat.completions.create({ ...options, model: chatModel, messages });
    return completion.choices[0]?.message.content ?? "";
  }
}

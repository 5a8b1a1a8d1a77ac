import { type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver";
import { runSample } from "./run-sample";

const JOBS = 5;
const SPANS = 4 * JOBS;

describe("samples/collector", () => {
  let receiver: OtlpReceiver;

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
  });
  afterAll(() => receiver.close());

  it("keeps its spans while there is no Collector, and the next run delivers them with its own", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    await receiver.refuse();
    const first = await runSample("collector", { env });
    expect(first.stdout).toContain(`${SPANS} spans of this run, 0 of earlier ones`);
    expect(first.stdout).toContain(`0 delivered, 0 refused, ${SPANS} wait in `);
    expect(first.stderr).toContain("SPANDREL_EXPORT_PUT_OFF");

    await receiver.reopen();
    const second = await runSample("collector", { env, out: first.out });
    expect(second.stdout).toContain(`${SPANS} spans of this run, ${SPANS} of earlier ones`);
    expect(second.stdout).toContain(`${2 * SPANS} delivered, 0 refused, 0 wait in `);
    expect(second.stderr).toBe("");
    expect(new Set(receiver.spans.map(({ spanId }) => spanId)).size).toBe(2 * SPANS);
    first.removeOut();
  }, 60_000);
});

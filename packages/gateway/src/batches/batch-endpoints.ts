import type { Clock, JobStore } from "tideover/engine";
import {
  type BatchRequest,
  type CallerError,
  callerError,
  type FrontBatches,
  type HttpResponse,
  isCallerError,
} from "tideover/front";
import { respondToFiles } from "../files/file-endpoints.ts";
import { jsonAnswer, pageQuery } from "./answers.ts";
import { type Batch, batchDocument, type RequestCounts } from "./batch.ts";
import type { BatchRunner } from "./batch-runner.ts";
import { type CreateBatchParts, createBatch } from "./create-batch.ts";
import { BATCHES_PER_PAGE, MOST_BATCHES_PER_PAGE } from "./defaults.ts";

/** What the endpoints work with. */
export interface BatchEndpointsParts extends CreateBatchParts {
  readonly store: JobStore;
  readonly runner: Pick<BatchRunner, "hurry">;
  readonly clock: Clock;
}

/** `/v1/files` and `/v1/batches` over what this gateway keeps. */
export class BatchEndpoints implements FrontBatches {
  readonly #parts: BatchEndpointsParts;

  constructor(parts: BatchEndpointsParts) {
    this.#parts = parts;
  }

  respond(request: BatchRequest): Promise<HttpResponse | CallerError> {
    if (request.endpoint.of === "batches") return this.#batches(request);
    const { files, batches } = this.#parts;
    return respondToFiles(request, { files, isInUse: (id, tenant) => batches.countActive(tenant, id) > 0 });
  }

  async #batches(request: BatchRequest): Promise<HttpResponse | CallerError> {
    const { batches, runner, clock } = this.#parts;
    const { tenant, endpoint } = request;
    const { id, action } = endpoint;
    if (id === undefined) {
      if (request.request.method !== "POST") return this.#list(request);
      const created = await createBatch(request, this.#parts);
      if (isCallerError(created)) return created;
      runner.hurry();
      return this.#show(created);
    }
    if (action === "cancel" && batches.find(id, tenant) !== undefined) {
      await batches.cancel(id, tenant, clock.wallTime());
      runner.hurry();
    }
    const batch = batches.find(id, tenant);
    if (batch === undefined) {
      return callerError("invalid_request", `There is no batch ${id}.`, { status: 404 });
    }
    return this.#show(batch);
  }

  async #list({ request, tenant }: BatchRequest): Promise<HttpResponse | CallerError> {
    const query = pageQuery(request.path, { usual: BATCHES_PER_PAGE, most: MOST_BATCHES_PER_PAGE });
    if (isCallerError(query)) return query;
    const found = this.#parts.batches.list(tenant, query.after, query.limit);
    const page = found.slice(0, query.limit);
    const data = await Promise.all(page.map(async (batch) => batchDocument(batch, await this.#counts(batch))));
    return jsonAnswer({
      object: "list",
      data,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
      has_more: found.length > query.limit,
    });
  }

  async #show(batch: Batch): Promise<HttpResponse> {
    return jsonAnswer(batchDocument(batch, await this.#counts(batch)));
  }

  /** While it runs, as its jobs stand; afterwards as they stood when the output was written. */
  async #counts({ id, progress }: Batch): Promise<RequestCounts> {
    const { total, completed, failed } = progress;
    if (completed !== undefined) return { total, completed, failed: failed ?? 0 };
    if (progress.inProgressAt === undefined) return { total, completed: 0, failed: 0 };
    const counts = await this.#parts.store.groupCounts(id);
    return { total, completed: counts.succeeded, failed: counts.failed + counts.expired };
  }
}

import { type Clock, JOB_STATES, type Job, type JobState } from "tideover/engine";
import { callerError } from "tideover/front";
import type { Jobs } from "tideover/jobs";
import { type AdminRequest, type AdminRoom, wrongMethod } from "../admin-handler.ts";
import { type AdminReply, notFound, readCount, readQuery } from "../admin-reply.ts";
import type { JobAnswer, JobsAnswer, JobView } from "../api-types.ts";
import { MOST_PER_PAGE, PAGE } from "../defaults.ts";

/** What the jobs are shown from. */
export interface JobsRoomParts {
  /** Undefined where no tickets are given. */
  jobs(): Pick<Jobs, "list" | "counts" | "find" | "cancel" | "redrive" | "busy" | "rate"> | undefined;
  readonly clock: Pick<Clock, "wallTime">;
  /** Whether answers may be shown. */
  showsAnswers(): boolean;
}

const MEMBERS = ["state", "tenant", "group", "after", "limit"] as const;

/**
 * `GET /admin/api/jobs` lists everybody's jobs, `GET /admin/api/jobs/{id}` shows one, `POST …/redrive` queues a failed or
 * expired one anew, `POST …/cancel` ends one that has not ended.
 */
export function jobsRoom(parts: JobsRoomParts): AdminRoom {
  return {
    path: "jobs",
    async serve(asked) {
      const jobs = parts.jobs();
      if (jobs === undefined) return notFound("This gateway gives no tickets: no route has a rung `ticket`.");
      const [id, action, ...more] = asked.rest;
      if (id === undefined) return asked.method === "GET" ? list(asked, jobs) : wrongMethod("jobs", "GET");
      if (more.length > 0 || (action !== undefined && action !== "redrive" && action !== "cancel")) {
        return notFound("Of a job there are /admin/api/jobs/{id}, …/redrive and …/cancel.");
      }
      if (action === undefined) {
        if (asked.method !== "GET") return wrongMethod("jobs/{id}", "GET");
        return shown(await jobs.find(id), parts);
      }
      if (asked.method !== "POST") return wrongMethod(`jobs/{id}/${action}`, "POST");
      return shown(action === "redrive" ? await jobs.redrive(id) : await jobs.cancel(id), parts);
    },
  };
}

type KnownJobs = NonNullable<ReturnType<JobsRoomParts["jobs"]>>;

async function list({ query }: AdminRequest, jobs: KnownJobs): Promise<AdminReply> {
  const asked = readQuery(query, MEMBERS);
  if (typeof asked === "string") return callerError("invalid_request", asked);
  const limit = readCount("limit", asked.limit, PAGE, MOST_PER_PAGE);
  if (typeof limit === "string") return callerError("invalid_request", limit);
  const states = asked.state?.split(",");
  const unknown = states?.find((state) => !JOB_STATES.some((known) => known === state));
  if (unknown !== undefined) {
    const message = `There is no state ${JSON.stringify(unknown)}; there are ${JOB_STATES.join(", ")}.`;
    return callerError("invalid_request", message);
  }
  const { tenant, group, after } = asked;
  const [page, { oldestQueuedAt, ...counts }] = await Promise.all([
    jobs.list({ tenant, group, after, limit, states: states as JobState[] | undefined }),
    jobs.counts(tenant),
  ]);
  const json: JobsAnswer = {
    counts,
    oldestQueuedAt: oldestQueuedAt ?? null,
    jobs: page.jobs.map(jobView),
    hasMore: page.hasMore,
    busy: jobs.busy,
    perSecond: jobs.rate.perSecond ?? null,
  };
  return { json };
}

function shown(job: Job | undefined, { showsAnswers }: JobsRoomParts): AdminReply {
  if (job === undefined) return notFound("There is no such job.");
  const response = showsAnswers() && job.result !== undefined ? document(job.result.body) : null;
  const json: JobAnswer = { job: jobView(job), response };
  return { json };
}

/** A stored document; what is not JSON after all is shown as text. */
function document(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return body;
    throw error;
  }
}

function jobView(job: Job): JobView {
  return {
    id: job.id,
    tenant: job.tenant,
    model: job.model,
    operation: job.operation,
    state: job.state,
    priority: job.priority,
    createdAt: job.createdAt,
    endedAt: job.endedAt ?? null,
    expiresAt: job.expiresAt,
    deliveries: job.deliveries,
    error: job.error?.message ?? null,
    deadLetter: job.error?.deadLetter ?? false,
    group: job.group ?? null,
  };
}

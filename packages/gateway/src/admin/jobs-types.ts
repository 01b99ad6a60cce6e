/** A job in the words of `GET /v1/jobs/{id}`, with what an operator needs beside it. */
export interface JobView {
  readonly id: string;
  readonly tenant: string;
  readonly model: string;
  readonly operation: string;
  readonly state: string;
  readonly priority: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly expiresAt: number;
  readonly deliveries: number;
  /** Why it failed, or was given back last. */
  readonly error: string | null;
  /** It was given up after its last delivery: a person should look at it and may queue it anew. */
  readonly deadLetter: boolean;
  /** What it belongs to, such as a batch. */
  readonly group: string | null;
}

/** `GET /admin/api/jobs?state=&tenant=&group=&after=&limit=`; dead letters are those with `state=failed`. */
export interface JobsAnswer {
  readonly counts: Readonly<Record<string, number>>;
  readonly oldestQueuedAt: number | null;
  readonly jobs: readonly JobView[];
  readonly hasMore: boolean;
  /** Jobs that this process works on now. */
  readonly busy: number;
  /** Jobs a second that end; null while too little is known. */
  readonly perSecond: number | null;
}

/** `GET /admin/api/jobs/{id}`, and the answer to `POST /admin/api/jobs/{id}/redrive` and `/cancel` */
export interface JobAnswer {
  readonly job: JobView;
  /** The answer's body where there is one and prompts are kept; else null. */
  readonly response: unknown;
}

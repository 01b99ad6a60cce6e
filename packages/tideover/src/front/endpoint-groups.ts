import type { Exchange } from "./exchange.ts";
import type { HttpResponse } from "./http.ts";
import type { Front } from "./respond-to-call.ts";
import type { Endpoint } from "./route-request.ts";

/** The endpoints of some kinds. */
type EndpointOf<Kind extends Endpoint["kind"]> = Extract<Endpoint, { readonly kind: Kind }>;

/** What answers the requests of one group of endpoints. */
export interface EndpointGroup<Kind extends Endpoint["kind"]> {
  /** Answers a request. What it throws is a defect, and the caller is told so. */
  respond(front: Front, exchange: Exchange, endpoint: EndpointOf<Kind>): Promise<HttpResponse> | HttpResponse;
}

/** A group whose responses, errors too, are told in a form of their own. */
export interface SpokenGroup<Kind extends Endpoint["kind"]> extends EndpointGroup<Kind> {
  /** The response of the chat endpoint, or an error, in that form. */
  speak(exchange: Exchange, response: HttpResponse): HttpResponse;
}

/** Something that is there, or comes when it was loaded. */
export type Source<Thing> = () => Thing | Promise<Thing>;

/**
 * The endpoints beside those of calls in chat's form and of the models. Whoever composes a front gives them: a server has
 * all of them at once (`all-endpoints.ts`), a page loads each with the first request for it. A source that rejects costs
 * that one request its answer; it is asked again for the next.
 */
export interface EndpointGroups {
  readonly messages: Source<SpokenGroup<"messages" | "token-count">>;
  readonly responses: Source<EndpointGroup<"responses" | "response">>;
  /** Absent where no jobs are kept, as in an application's own Tideover. */
  readonly jobs?: EndpointGroup<"job" | "jobs"> | undefined;
  /** Absent where no files and batches are kept. */
  readonly batches?: EndpointGroup<"batch"> | undefined;
  /** Absent where nobody knows how things are. */
  readonly status?: EndpointGroup<"status"> | undefined;
}

import { until } from "./until.ts";

/** A job for a model, once it is in a state. */
export async function jobOf(url: string, model: string, status: string): Promise<string> {
  const headers = { "content-type": "application/json", prefer: "respond-async" };
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Describe the lamp" }] });
  const accepted = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
  const { id } = (await accepted.json()) as { id: string };
  return until(`job that is ${status}`, async () => {
    const job = (await (await fetch(`${url}/v1/jobs/${id}`)).json()) as { status: string };
    return job.status === status ? id : undefined;
  });
}

/** An entry of the review inbox: a template's answer that waits for a person. */
export async function reviewEntry(url: string): Promise<string> {
  const body = JSON.stringify({
    model: "down-chat",
    messages: [{ role: "user", content: "Describe the lantern" }],
    metadata: { name: "A lantern" },
  });
  await fetch(`${url}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return until("entry of the inbox", async () => {
    const inbox = (await (await fetch(`${url}/admin/api/review?state=waiting`)).json()) as {
      entries?: { id: string }[];
    };
    return inbox.entries?.[0]?.id;
  });
}

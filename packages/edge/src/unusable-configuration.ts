/** The answer of a handler whose configuration cannot be used. What is wrong with it is for its operator alone. */
export function unusableConfiguration(): Response {
  const error = {
    message: "This gateway has a configuration that cannot be used; its log says what is wrong.",
    type: "server_error",
    code: "invalid_config",
    param: null,
  };
  return Response.json({ error }, { status: 500, headers: { "cache-control": "no-store" } });
}

import type { JsonObject } from "tideover/engine";
import { jsonOf } from "./api.ts";
import { finding, type LiveCheck } from "./live-check.ts";

const list = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value : []);

/** What can be asked without an answer being generated. */
export const ACCOUNT_CHECKS: readonly LiveCheck[] = [
  {
    name: "models",
    documented: "200 {object: list, data: [{id, object: model, owned_by}]}, with the model that is used here",
    async look(api) {
      const reply = await api.get("/models");
      const json = jsonOf(reply);
      const models = list(json.data);
      return finding(
        {
          "status 200": reply.status === 200,
          "object list": json.object === "list",
          "each with id, object, owned_by": models.every(
            ({ id, object, owned_by }) => typeof id === "string" && object === "model" && typeof owned_by === "string",
          ),
          [api.model]: models.some(({ id }) => id === api.model),
        },
        `${reply.status} ${models.map(({ id }) => id).join(", ")}`,
      );
    },
  },
  {
    name: "balance",
    documented: "200 {is_available, balance_infos: [{currency, total_balance, …}]}, amounts as decimal strings",
    async look(api) {
      const reply = await api.get("/user/balance");
      const json = jsonOf(reply);
      const amounts = list(json.balance_infos).flatMap((info) => [
        info.total_balance,
        info.granted_balance,
        info.topped_up_balance,
      ]);
      const areDecimal = amounts.every((amount) => typeof amount === "string" && /^-?\d+(\.\d+)?$/.test(amount));
      // How much it is is the account holder's own business.
      return finding(
        {
          "status 200": reply.status === 200,
          is_available: typeof json.is_available === "boolean",
          "decimal strings": amounts.length > 0 && areDecimal,
        },
        `${reply.status} is_available ${json.is_available}, ${amounts.length} amounts`,
      );
    },
  },
  {
    name: "unknown model",
    documented: '400 {error: {message: "Model Not Exist", type: invalid_request_error, code: invalid_request_error}}',
    async look(api) {
      const body = { model: "no-such-model-tideover", messages: [{ role: "user", content: "Hi" }], max_tokens: 1 };
      const reply = await api.post("/chat/completions", body);
      const error = (jsonOf(reply).error ?? {}) as JsonObject;
      return finding(
        {
          "status 400": reply.status === 400,
          message: /model not exist/i.test(String(error.message)),
          type: error.type === "invalid_request_error",
        },
        `${reply.status} "${error.message}", type ${error.type}, code ${error.code}`,
      );
    },
  },
];

import { expect, test } from "vitest";
import { chatRenderer } from "./chat-prompt.ts";

/** The shape of the template of DeepSeek-R1's distillates, without tools. */
const THINKING =
  "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}" +
  "{% set ns = namespace(system_prompt='') %}" +
  "{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}" +
  "{{bos_token}}{{ns.system_prompt}}" +
  "{%- for message in messages %}{%- if message['role'] == 'user' %}{{'<｜User｜>' + message['content']}}{%- endif %}" +
  "{%- if message['role'] == 'assistant' %}{% set content = message['content'] %}" +
  "{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}" +
  "{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}{%- endif %}{%- endfor %}" +
  "{% if add_generation_prompt %}{{'<｜Assistant｜><think>\\n'}}{% endif %}";
const PLAIN =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

const BOS = "<｜begin▁of▁sentence｜>";
const thinking = chatRenderer(THINKING, { bos_token: { content: BOS, special: true } });
const plain = chatRenderer(PLAIN, {});
const MESSAGES = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Tide?" },
  { role: "assistant", content: "<think>hm</think>High." },
  { role: "user", content: "When?" },
];
const BEFORE = `${BOS}Be brief.<｜User｜>Tide?<｜Assistant｜>High.<｜end▁of▁sentence｜><｜User｜>When?<｜Assistant｜>`;

test("a model that thinks is led into its reasoning", () => {
  expect(thinking.render(MESSAGES)).toEqual({ text: `${BEFORE}<think>\n`, thinks: true });
});

test("reasoning is gone on from inside it", () => {
  const start = { reasoning: "It is spr", content: "" };
  expect(thinking.render(MESSAGES, start)).toEqual({ text: `${BEFORE}<think>\nIt is spr`, thinks: true });
});

test("a text is gone on from behind the reasoning that led to it", () => {
  const start = { reasoning: "It is spring.", content: "At s" };
  expect(thinking.render(MESSAGES, start)).toEqual({
    text: `${BEFORE}<think>\nIt is spring.\n</think>\n\nAt s`,
    thinks: false,
  });
});

test("a text without reasoning is not thought about again", () => {
  const { text, thinks } = thinking.render(MESSAGES, { reasoning: "", content: "At s" });
  expect(text).toMatch(/<｜Assistant｜><think>\s*<\/think>\n\nAt s$/);
  expect(thinks).toBe(false);
});

test("a model that does not think gets the text alone", () => {
  const before = "<|im_start|>user\nTide?<|im_end|>\n<|im_start|>assistant\n";
  const messages = [{ role: "user", content: "Tide?" }];
  expect(plain.render(messages)).toEqual({ text: before, thinks: false });
  expect(plain.render(messages, { reasoning: "", content: "Hi" })).toEqual({ text: `${before}Hi`, thinks: false });
});

test("what the template refuses is told in its own words", () => {
  const strict = chatRenderer("{{ raise_exception('Roles must alternate.') }}", {});
  expect(() => strict.render(MESSAGES)).toThrow(/Roles must alternate/);
});

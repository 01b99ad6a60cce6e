import { ELEMENT, type Graph, type GraphValue, type Operation } from "./onnx-writer.ts";

/**
 * The same graph with logits and cache in 16 bits, as models in fp16 and q4f16 have them: it reckons in 32 bits, and casts at
 * its edges.
 */
export function withHalfCache(graph: Graph): Graph {
  const isHalf = ({ name }: GraphValue) => /^(past_key_values\.|present\.|logits$)/.test(name);
  const halves = new Set([...graph.inputs, ...graph.outputs].filter(isHalf).map(({ name }) => name));
  const inner = (name: string) => (halves.has(name) ? `${name}_float` : name);
  const cast = (from: string, to: string, type: keyof typeof ELEMENT): Operation => ({
    type: "Cast",
    inputs: [from],
    outputs: [to],
    attributes: { to: ELEMENT[type] },
  });
  const halved = (value: GraphValue): GraphValue => (isHalf(value) ? { ...value, type: "float16" } : value);
  return {
    ...graph,
    operations: [
      ...graph.inputs.filter(isHalf).map(({ name }) => cast(name, inner(name), "float")),
      ...graph.operations.map(({ inputs, outputs, ...rest }) => ({
        ...rest,
        inputs: inputs.map(inner),
        outputs: outputs.map(inner),
      })),
      ...graph.outputs.filter(isHalf).map(({ name }) => cast(inner(name), name, "float16")),
    ],
    inputs: graph.inputs.map(halved),
    outputs: graph.outputs.map(halved),
  };
}

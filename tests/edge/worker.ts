import { Environment } from "@marcbachmann/cel-js";
import {
  createEdgeHandler,
  FlightsObject,
  type KvNamespace,
  kvAnswerStore,
  type ObjectNamespace,
  objectFlightLedger,
} from "@tideover/edge";
import { celConditions } from "tideover/runtime";

/** What the tests give the Worker: its configuration as JSON, and stores where they try them. */
interface Bindings {
  readonly CONFIGURATION: string;
  readonly ANSWERS?: KvNamespace;
  readonly FLIGHTS?: ObjectNamespace;
}

export { FlightsObject };

export default createEdgeHandler<Bindings>(({ CONFIGURATION }) => CONFIGURATION, {
  stores: {
    answers: ({ ANSWERS }) => (ANSWERS === undefined ? undefined : kvAnswerStore(ANSWERS)),
    flights: ({ FLIGHTS }) => (FLIGHTS === undefined ? undefined : objectFlightLedger(FLIGHTS)),
  },
  compileCondition: celConditions(Environment),
});

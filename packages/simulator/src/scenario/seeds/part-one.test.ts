import { listScenarios } from "../shipped/index.ts";
import { keepsPromises } from "./keeps-promises.ts";

// Four files share the scenarios, so that they run at the same time.
listScenarios()
  .filter((_, index) => index % 4 === 0)
  .forEach(keepsPromises);

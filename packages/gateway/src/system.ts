export {
  platformClock as systemClock,
  platformIds as systemIds,
  platformRandom as systemRandom,
} from "tideover/runtime";

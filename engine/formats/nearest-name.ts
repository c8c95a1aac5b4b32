/** For "did you mean …?" about names that only a host knows. */
export { nearest as nearestName } from "../text/nearest.ts";

export { type ConfView, confView, freeSlots, isOn, slotsOf } from "../../engine/formats/guest-view.ts";

import { promptedLayer } from "../site/load-vars-prompt.ts";
import type { Play, TaskKeywords } from "../site/site.ts";
import type { VarsLayer } from "../vars/layer.ts";
import type { Context, Guard } from "./task.ts";

/** What everything in a play inherits from it. */
export function contextOfPlay(play: Play): Context {
  const { keywords } = play;
  const layers = play.varsPrompt.length > 0 ? [play.vars, promptedLayer(play.varsPrompt)] : [play.vars];
  return {
    guards: play.importedWhen.map((expression): Guard => ({ expression, layers, role: null })),
    layers,
    role: null,
    roleUses: [],
    tags: new Set(keywords.tags),
    become: keywords.become,
    becomeUser: keywords.becomeUser,
    environment: keywords.environment ? [keywords.environment] : [],
    delegateTo: undefined,
    delegateFacts: undefined,
    connection: undefined,
    timeout: undefined,
    moduleDefaults: keywords.moduleDefaults ? [keywords.moduleDefaults] : [],
    checkMode: keywords.checkMode,
    diff: keywords.diff,
    noLog: keywords.noLog,
    ignoreErrors: undefined,
    ignoreUnreachable: keywords.ignoreUnreachable,
    anyErrorsFatal: keywords.anyErrorsFatal ? { kind: "literal", value: true, place: play.place } : undefined,
    runOnce: undefined,
    throttle: keywords.throttle,
    notify: [],
    playbookFolder: play.folder,
  };
}

/** The layers that hold in roles too: those of the play, and those of the includes around it. */
export function playLayers(context: Context): readonly VarsLayer[] {
  return context.layers.filter((layer) => layer.level === 4 || layer.level === 6);
}

/** The context inside of something that has keywords. */
export function within(outer: Context, keywords: TaskKeywords): Context {
  const layers = keywords.vars.variables.size > 0 ? [...outer.layers, keywords.vars] : outer.layers;
  const guards = keywords.when.map((expression): Guard => ({ expression, layers, role: outer.role }));
  return {
    ...outer,
    layers,
    guards: guards.length > 0 ? [...outer.guards, ...guards] : outer.guards,
    tags: keywords.tags.length > 0 ? new Set([...outer.tags, ...keywords.tags]) : outer.tags,
    become: keywords.become ?? outer.become,
    becomeUser: keywords.becomeUser ?? outer.becomeUser,
    environment: keywords.environment ? [...outer.environment, keywords.environment] : outer.environment,
    delegateTo: keywords.delegateTo ?? outer.delegateTo,
    delegateFacts: keywords.delegateFacts ?? outer.delegateFacts,
    connection: keywords.connection ?? outer.connection,
    timeout: keywords.timeout ?? outer.timeout,
    moduleDefaults: keywords.moduleDefaults ? [...outer.moduleDefaults, keywords.moduleDefaults] : outer.moduleDefaults,
    checkMode: keywords.checkMode ?? outer.checkMode,
    diff: keywords.diff ?? outer.diff,
    noLog: keywords.noLog ?? outer.noLog,
    ignoreErrors: keywords.ignoreErrors ?? outer.ignoreErrors,
    ignoreUnreachable: keywords.ignoreUnreachable ?? outer.ignoreUnreachable,
    anyErrorsFatal: keywords.anyErrorsFatal ?? outer.anyErrorsFatal,
    runOnce: keywords.runOnce ?? outer.runOnce,
    throttle: keywords.throttle ?? outer.throttle,
    notify: keywords.notify.length > 0 ? keywords.notify : outer.notify,
  };
}

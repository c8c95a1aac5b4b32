import {
  DefaultRenderer,
  Listr,
  type ListrDefaultRendererOptions,
  type ListrDefaultRendererTask,
  type ListrEventManager,
  Spinner,
} from "listr2";
import type { LiveView } from "./live-state.ts";
import type { Paint } from "./look.ts";

export interface LiveFrame {
  /** Stops the spinner; what it had painted is the screen's to erase. */
  close(): Promise<void>;
}

/**
 * The live part as a listr2 task: its title, its output beneath, listr2's look and beat. Only the painting is ours, because
 * listr2 measures the process's own stdout, once, and this one follows the terminal that it was given.
 */
export function openLiveFrame(
  view: (width: number) => LiveView,
  paint: (frame: readonly string[]) => void,
  columns: () => number,
  colours: Paint,
): LiveFrame {
  const spinner = new Spinner();

  class FittedRenderer extends DefaultRenderer {
    // Whether to be here at all was decided by who opened this, for its own output and not for the process's.
    static override nonTTY = true;
    readonly #tasks: ListrDefaultRendererTask[];

    constructor(tasks: ListrDefaultRendererTask[], options: ListrDefaultRendererOptions, events: ListrEventManager) {
      super(tasks, options, events);
      this.#tasks = tasks;
    }

    override async render(): Promise<void> {
      spinner.start(() => this.update());
    }

    override update(): void {
      const [task] = this.#tasks;
      // Indentation, icon and a space take four cells; the last cell stays free, since some terminals wrap when it is written.
      const { title, rows } = view(columns() - 5);
      if (task !== undefined) {
        task.title$ = title;
        task.output$ = rows.join("\n");
      }
      paint(this.create().split("\n"));
    }

    override end(): void {
      spinner.stop();
    }

    // listr2 would wrap by the width of the process's stdout. The view's lines are cut to fit already.
    protected override format(message: string, icon: string, level: number): string[] {
      const lines = message.split("\n").filter((line) => line.trim() !== "");
      return lines.map((line, index) => `${" ".repeat(2 * level)}${index === 0 ? icon : " "} ${line}`);
    }
  }

  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const list = new Listr([{ title: "starting", task: () => finished }], {
    renderer: FittedRenderer,
    rendererOptions: { spinner, color: { PENDING: (text) => colours("yellow", text ?? "") } },
    // Ctrl-C belongs to the run: it finishes the steps in flight and then closes this frame.
    registerSignalListeners: false,
  });
  const run = list.run();
  return {
    async close() {
      finish();
      await run;
    },
  };
}

/** The alert budget of the site: what each shift can look at. A change is a new version in the name of who makes it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import type { components } from "../api/schema";
import { useLoaded } from "../load";
import { ProblemNote, Shown } from "../parts/states";
import { session } from "../session";
import { number, t } from "../text";

type Budget = components["schemas"]["AlertBudget"];
type Said = components["schemas"]["AlertBudgetSaid"];
type Shift = components["schemas"]["Shift"];

const FIRST: Said = {
  of: "inspections",
  shifts: [{ name: "", starts: "06:00", budget: 0, scans: null }],
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  chance: 0.1,
  by: "",
};

async function budgetOf(site: string, signal: AbortSignal): Promise<Budget | "none"> {
  const answer = await api.GET("/v1/sites/{site}/alert-budget", { params: { path: { site } }, signal });
  return answer.response.status === 404 ? "none" : dataOf(answer);
}

export function BudgetDialog({ site, close }: { site: string; close: (changed: boolean) => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const budget = useLoaded((signal) => budgetOf(site, signal), [site]);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="budget-title" class="budget-dialog" onClose={() => close(false)}>
      <h2 id="budget-title">{t("board.budget_title", { site })}</h2>
      <Shown of={budget}>
        {(found) => <BudgetForm site={site} found={found === "none" ? null : found} close={close} />}
      </Shown>
    </dialog>
  );
}

function BudgetForm({
  site,
  found,
  close,
}: {
  site: string;
  found: Budget | null;
  close: (changed: boolean) => void;
}) {
  const [said, setSaid] = useState<Said>(found ?? FIRST);
  const [problem, setProblem] = useState<Problem | null>(null);
  const shifts = said.shifts as Shift[];
  const setShift = (at: number, change: Partial<Shift>) =>
    setSaid({ ...said, shifts: shifts.map((each, place) => (place === at ? { ...each, ...change } : each)) });
  const save = async () => {
    const { of, time_zone, chance, comment = null } = said;
    const body: Said = { of, time_zone, chance, comment, shifts, by: session.value?.person ?? "" };
    try {
      const answer = await api.PUT("/v1/sites/{site}/alert-budget", { params: { path: { site } }, body });
      if (answer.error) setProblem(problemOf(answer.error));
      else close(true);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {found && <p class="hint">{t("board.budget_version", { version: found.version, by: found.by })}</p>}
      <label>
        {t("board.counts")}
        <select
          value={said.of}
          onChange={(event) => setSaid({ ...said, of: event.currentTarget.value as "inspections" })}
        >
          <option value="inspections">{t("board.of_inspections")}</option>
          <option value="second_readings">{t("board.of_second_readings")}</option>
        </select>
      </label>
      <fieldset>
        <legend>{t("board.shifts")}</legend>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("board.shift_name")}</th>
              <th scope="col">{t("board.starts")}</th>
              <th scope="col">{t("board.can_look_at")}</th>
              <th scope="col">{t("board.scans_at_most")}</th>
              <th scope="col">
                <span class="unseen">{t("board.remove")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shifts.map((shift, at) => (
              <ShiftRow key={at} shift={shift} set={(change) => setShift(at, change)}>
                <button
                  type="button"
                  disabled={shifts.length === 1}
                  onClick={() => setSaid({ ...said, shifts: shifts.filter((_, place) => place !== at) })}
                >
                  {t("board.remove")}
                  <span class="unseen"> {shift.name}</span>
                </button>
              </ShiftRow>
            ))}
          </tbody>
        </table>
        <button
          type="button"
          onClick={() =>
            setSaid({ ...said, shifts: [...shifts, { name: "", starts: "18:00", budget: 0, scans: null }] })
          }
        >
          {t("board.add_shift")}
        </button>
      </fieldset>
      <label>
        {t("board.zone")}
        <input
          required
          value={said.time_zone}
          onInput={(event) => setSaid({ ...said, time_zone: event.currentTarget.value })}
        />
      </label>
      <label>
        {t("board.chance", { share: number(100 * (said.chance ?? 0), 1) })}
        <input
          type="range"
          min="1"
          max="50"
          value={100 * (said.chance ?? 0.1)}
          onInput={(event) => setSaid({ ...said, chance: Number(event.currentTarget.value) / 100 })}
        />
      </label>
      <label>
        {t("board.comment")}
        <input
          maxLength={2000}
          value={said.comment ?? ""}
          onInput={(event) => setSaid({ ...said, comment: event.currentTarget.value || null })}
        />
      </label>
      {problem && <ProblemNote problem={problem} />}
      <div class="ways">
        <button type="submit" class="main">
          {t("board.save_budget")}
        </button>
        <button type="button" onClick={() => close(false)}>
          {t("board.cancel")}
        </button>
      </div>
    </form>
  );
}

function ShiftRow({
  shift,
  set,
  children,
}: {
  shift: Shift;
  set: (change: Partial<Shift>) => void;
  children: preact.ComponentChildren;
}) {
  return (
    <tr>
      <td>
        <input
          required
          maxLength={120}
          aria-label={t("board.shift_name")}
          value={shift.name}
          onInput={(event) => set({ name: event.currentTarget.value })}
        />
      </td>
      <td>
        <input
          type="time"
          required
          aria-label={t("board.starts")}
          value={shift.starts.slice(0, 5)}
          onInput={(event) => set({ starts: event.currentTarget.value })}
        />
      </td>
      <td>
        <input
          type="number"
          required
          min="0"
          max="10000"
          aria-label={t("board.can_look_at")}
          value={shift.budget}
          onInput={(event) => set({ budget: Number(event.currentTarget.value) })}
        />
      </td>
      <td>
        <input
          type="number"
          min="1"
          max="100000"
          aria-label={t("board.scans_at_most")}
          value={shift.scans ?? ""}
          onInput={(event) => set({ scans: Number(event.currentTarget.value) || null })}
        />
      </td>
      <td>{children}</td>
    </tr>
  );
}

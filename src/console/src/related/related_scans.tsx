/** Scans to see beside this one; choosing one shows it in the viewer, with the same pan and window. */
import type { ComponentChildren } from "preact";
import { api, dataOf } from "../api/client";
import { keyOf, useKeys } from "../keys";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { session } from "../session";
import { t, word } from "../text";
import type { ViewerHandle } from "../viewer/handle";
import "./keys";
import { Alike, Found, type RelatedScans as Related, ScanLine } from "./parts";
import "./related.css";

interface Props {
  scan: string;
  handle: Pick<ViewerHandle, "compareWith" | "blind">;
}

export function RelatedScans({ scan, handle }: Props) {
  const blind = handle.blind.value;
  const related = useLoaded(
    async (signal) =>
      dataOf(
        await api.GET("/v1/scans/{scan_id}/related", {
          signal,
          params: { path: { scan_id: scan }, query: { blind, person: session.value?.person ?? null } },
        }),
      ),
    [scan, blind],
  );
  return (
    <section class="related" aria-label={t("related.title")}>
      <Shown of={related}>{(found) => <Lists key={found.scan} found={found} handle={handle} />}</Shown>
    </section>
  );
}

function Lists({ found, handle }: { found: Related; handle: Props["handle"] }) {
  const compared = handle.compareWith.value;
  const chosen = compared !== null && compared !== "expected" ? compared.scan : null;
  const choose = (scan: string) => {
    handle.compareWith.value = scan === chosen ? null : { scan };
  };
  const scans = inOrder(found);
  const step = (by: number) => {
    if (scans.length === 0) return;
    const at = chosen === null ? (by > 0 ? -1 : 0) : scans.indexOf(chosen);
    const next = scans[(at + by + scans.length) % scans.length];
    if (next) handle.compareWith.value = { scan: next };
  };
  useKeys({
    "related.next": () => step(1),
    "related.previous": () => step(-1),
    "related.none": () => {
      handle.compareWith.value = null;
    },
  });
  return (
    <>
      <p class="quiet keys">
        {t("related.choose")} <kbd>{keyOf("related.next")}</kbd> <kbd>{keyOf("related.previous")}</kbd>{" "}
        <kbd>{keyOf("related.none")}</kbd>
      </p>
      <Group title={t("related.of_unit")} none={t("related.none_of_unit")}>
        {found.of_unit.map((each) => (
          <ScanLine
            key={each.scan.scan}
            scan={each.scan}
            chosen={each.scan.scan === chosen}
            onChoose={choose}
          >
            <p class="quiet">
              {word("related", `marks_${each.marks}`)} {each.mark}
            </p>
          </ScanLine>
        ))}
      </Group>
      <Group title={t("related.of_consignment")} none={t("related.none_of_consignment")}>
        {found.of_consignment.map((each) => (
          <ScanLine key={each.scan} scan={each} chosen={each.scan === chosen} onChoose={choose} />
        ))}
      </Group>
      <Group title={t("related.similar")} none={t(`related.why_${found.why_none ?? "none_alike"}`)}>
        {found.similar.map((each) => (
          <ScanLine
            key={each.scan.scan}
            scan={each.scan}
            chosen={each.scan.scan === chosen}
            onChoose={choose}
          >
            <Alike likeness={each.likeness} />
          </ScanLine>
        ))}
      </Group>
      <Group
        title={t("related.reference")}
        none={t("related.none_found")}
        more={<a href="/console/reference">{t("related.whole_library", { count: found.reference_total })}</a>}
      >
        {found.reference.map((each) => (
          <ScanLine
            key={each.scan.scan}
            scan={each.scan}
            chosen={each.scan.scan === chosen}
            onChoose={choose}
          >
            <Found find={each} />
            {each.likeness && <Alike likeness={each.likeness} />}
          </ScanLine>
        ))}
      </Group>
    </>
  );
}

interface GroupProps {
  title: string;
  none: string;
  more?: ComponentChildren;
  children: ComponentChildren[];
}

function Group({ title, none, more, children }: GroupProps) {
  return (
    <>
      <h3>
        {title} <span class="quiet">{children.length}</span>
      </h3>
      {children.length > 0 ? <ul>{children}</ul> : <Empty>{none}</Empty>}
      {more && <p>{more}</p>}
    </>
  );
}

/** Each scan once, as they stand on the page. */
function inOrder(found: Related): string[] {
  return [
    ...new Set([
      ...found.of_unit.map((each) => each.scan.scan),
      ...found.of_consignment.map((each) => each.scan),
      ...found.similar.map((each) => each.scan.scan),
      ...found.reference.map((each) => each.scan.scan),
    ]),
  ];
}

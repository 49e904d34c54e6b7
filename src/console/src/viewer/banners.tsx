/** What must not be overlooked: what was not assessed, that the reading is hidden on purpose, or not shown. */
import { keyOf } from "../keys";
import { Coded, differentlyTold } from "../parts/said";
import { t } from "../text";
import type { Handle } from "./handle";
import { type NotAssessed, together } from "./regions";
import { shownKey } from "./toolbar";

interface Props {
  handle: Handle;
  missing: readonly NotAssessed[];
  /** Why the picture is not in physical units, of a scan that was refused. */
  notCalibrated: string | null;
}

export function Banners({ handle, missing, notCalibrated }: Props) {
  return (
    <div class="banners">
      {handle.blind.value ? (
        <p class="blind" role="status">
          <strong>{t("viewer.blind")}</strong> {t("viewer.blind_detail")}
        </p>
      ) : (
        <>
          {together(missing).map((group) => (
            <p key={group.map(titleOf).join()} class="not-assessed" role="alert">
              <strong>{group.map(titleOf).join("; ")}</strong> <Reasons of={group[0]?.reasons ?? []} />
            </p>
          ))}
          {!handle.overlays.value && (
            <p class="hidden-note" role="status">
              {t("viewer.regions_hidden", { key: shownKey(keyOf("viewer.hide")) })}
            </p>
          )}
        </>
      )}
      {notCalibrated && (
        <p class="hidden-note" role="status">
          <strong>{t("viewer.not_calibrated")}</strong> {notCalibrated}
        </p>
      )}
    </div>
  );
}

const titleOf = ({ code, unit }: NotAssessed): string =>
  `${t(`viewer.not_assessed_${code}`)}${unit === null ? "" : ` · ${t("viewer.unit", { unit })}`}`;

function Reasons({ of }: { of: readonly string[] }) {
  return (
    <span>
      {differentlyTold(of).map((reason, place) => (
        <>
          {place > 0 && " "}
          <Coded key={reason} reason={reason} />
        </>
      ))}
    </span>
  );
}

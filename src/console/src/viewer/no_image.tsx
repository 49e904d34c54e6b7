/** A scan without an image of 16 bits: its picture where there is one, and why. */
import type { ComponentChildren } from "preact";
import { t } from "../text";
import { Banners } from "./banners";
import type { Handle } from "./handle";
import type { NotAssessed, ScanDocument } from "./regions";

interface Props {
  scan: ScanDocument;
  handle: Handle;
  missing: readonly NotAssessed[];
  children?: ComponentChildren;
}

export function NoImage({ scan, handle, missing, children }: Props) {
  const picture = handle.blind.value ? null : scan.links.picture;
  return (
    <div class="viewer">
      {children}
      <Banners handle={handle} missing={missing} notCalibrated={null} />
      <div class={`no-image ${missing.length > 0 ? "striped" : ""}`}>
        <p>{picture ? t("viewer.picture_only") : t("viewer.no_image")}</p>
        {picture && <img src={picture} alt={t("viewer.picture_of", { name: scan.name })} />}
      </div>
    </div>
  );
}

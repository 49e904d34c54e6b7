/** A scan with its annotated picture, until the viewer stands here. */
import { useMemo } from "preact/hooks";
import { useRoute } from "preact-iso";
import { ScanSide } from "../desk/scan_side";
import { useSeat } from "../desk/seat";
import { viewerHandle } from "../viewer/handle";

export default function ScanPage() {
  const { params } = useRoute();
  return <Scan key={params.id} id={params.id ?? ""} />;
}

function Scan({ id }: { id: string }) {
  const viewer = useMemo(viewerHandle, []);
  const seat = useSeat(id);
  return (
    <div class="scan-page">
      <div>{!viewer.blind.value && <img src={`/v1/scans/${id}/picture`} alt="" />}</div>
      <aside class="scan-side">
        <ScanSide seat={seat} viewer={viewer} />
      </aside>
    </div>
  );
}

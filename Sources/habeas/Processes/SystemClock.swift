import Coordinator
import Dispatch
import Foundation
import SagaKernel

/// The machine's clocks.
struct SystemClock: LaneClock {
    func now() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down)))
    }

    func monotonicMs() -> Int64 { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) }
}

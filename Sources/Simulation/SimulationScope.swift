import SagaKernel

/// Brings a run's deliberate bug and its probe to the threads of its fibers.
enum SimulationScope {
    static func enter(_ world: World, _ body: () -> Void) {
        #if SIMULATION
            Mutant.$active.withValue(world.mutant) {
                TransitionProbe.$listener.withValue(world.coverage) { body() }
            }
        #else
            body()
        #endif
    }
}

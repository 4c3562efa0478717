extension CodecBenchmark {
    public static func rounds(_ name: String, _ n: Int) -> Int {
        let item = try! BenchmarkCase.all(BenchmarkSamples()).first { $0.name == name }!
        var sum = 0
        for _ in 0..<n { sum &+= item.habeas() }
        return sum
    }
}

namespace KafkaCompatBroker.CompatTests.PyClients;

/// <summary>
/// A virtual environment with the three libraries, installed once per machine from the wheels of the peers folder and nothing else.
/// </summary>
internal static class PythonEnvironment
{
    private static Task<string>? python;

    public static Task<string> Python() => python ??= Install();

    private static async Task<string> Install()
    {
        var requirements = Peers.At("pyclients/requirements.txt");
        var version = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(requirements)))[..12];
        var folder = Path.Combine(Path.GetTempPath(), $"kafka-compat-python-{version}");
        var program = Path.Combine(folder, "bin/python");
        var done = Path.Combine(folder, "installed");
        if (File.Exists(done))
            return program;
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        await new Tool("python3.11", ["-m", "venv", folder]).Run();
        await new Tool(
            program, ["-m", "pip", "install", "--quiet", "--no-index", "--find-links", Peers.At("wheels"), "-r", requirements]).Run();
        await File.WriteAllTextAsync(done, "");
        return program;
    }
}

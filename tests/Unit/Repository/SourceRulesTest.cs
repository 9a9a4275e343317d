using System.Text.RegularExpressions;

namespace KafkaCompatBroker.Tests.Unit.Repository;

public sealed partial class SourceRulesTest
{
    [Fact]
    public void No_source_file_is_longer_than_400_lines()
    {
        var tooLong = new[] { "src", "tests", "compat-tests" }.SelectMany(SourceTree.CSharpFiles).Where(
            path => File.ReadLines(path).Count() > 400);
        Assert.Empty(tooLong);
    }

    /// <summary>Small machines and containers are without it, and the process is ended when the framework misses it.</summary>
    [Fact]
    public void Nothing_needs_the_library_of_OpenSSL()
        => Assert.DoesNotContain(
            SourceTree.CSharpFiles("src"),
            path => File.ReadAllText(path).Contains("System.Security.Cryptography", StringComparison.Ordinal));

    [Fact]
    public void No_code_outside_Protocol_compares_an_api_version()
    {
        var offenders = SourceTree.CSharpFiles("src")
            .Where(path => !path.Contains("/src/Protocol", StringComparison.Ordinal))
            .SelectMany(
                path => File.ReadLines(path).Where(line => VersionComparison().IsMatch(line)).Select(line => $"{path}: {line.Trim()}"));
        Assert.Empty(offenders);
    }

    /// <summary>
    /// Where requests are answered, a version is an API's, whatever the variable is called; elsewhere files and records have versions too.
    /// </summary>
    [Fact]
    public void Nothing_that_answers_requests_compares_a_version_with_anything()
    {
        var offenders = SourceTree.CSharpFiles("src/Broker")
            .SelectMany(path => File.ReadLines(path).Where(
                line => !IsComment(line) && AnyVersionComparison().IsMatch(line)).Select(line => $"{path}: {line.Trim()}"));
        Assert.Empty(offenders);
    }

    [Fact]
    public void Every_event_names_a_source_that_is_listed_as_a_logger()
    {
        var named = SourceTree.CSharpFiles("src").Select(File.ReadAllText)
            .SelectMany(text => LogCall().Matches(text).Concat(LogSource().Matches(text)))
            .Select(call => call.Groups["source"].Value).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(LogSources.All, named);
    }

    [Fact]
    public void No_suppression_of_a_banned_symbol_stands_outside_Os()
    {
        var offenders = SourceTree.CSharpFiles("src").Where(path => File.ReadAllText(path).Contains("RS0030", StringComparison.Ordinal));
        Assert.Empty(offenders);
    }

    [Fact]
    public void No_warning_is_disabled_outside_Os()
    {
        var offenders = SourceTree.CSharpFiles("src")
            .Where(path => !path.Contains("/src/Os/", StringComparison.Ordinal))
            .SelectMany(path => File.ReadLines(path)
                .Where(line => Suppression().IsMatch(line)).Select(line => $"{path}: {line.Trim()}"));
        Assert.Empty(offenders);
    }

    private static bool IsComment(string line) => line.TrimStart().StartsWith("//", StringComparison.Ordinal);

    [GeneratedRegex(@"(apiVersion|ApiVersion|[hH]eader\.Version|[rR]equest\.Version)\)? *(<|>|<=|>=|==|is) *[0-9]")]
    private static partial Regex VersionComparison();

    [GeneratedRegex(@"[lL]og\??\.((Debug|Info|Warn|Error)\(|Write\([^,]+,)\s*""(?<source>[^""]*)""")]
    private static partial Regex LogCall();

    [GeneratedRegex(@"const string Source = ""(?<source>[^""]*)""")]
    private static partial Regex LogSource();

    [GeneratedRegex(@"^\s*#\s*pragma\s+warning\s+disable|SuppressMessage(Attribute)?\(")]
    private static partial Regex Suppression();

    [GeneratedRegex(@"[vV]ersion\b\)? (<|>|<=|>=|==|!=|is|switch)( |$)|[\w.()] (<|>|<=|>=|==|!=) [\w.()]*[vV]ersion\b")]
    private static partial Regex AnyVersionComparison();
}
